{
 "patcher": {
  "fileversion": 1,
  "appversion": {
   "major": 8,
   "minor": 5,
   "revision": 0,
   "architecture": "x64",
   "modernui": 1
  },
  "classnamespace": "box",
  "rect": [
   80.0,
   100.0,
   760.0,
   320.0
  ],
  "openinpresentation": 1,
  "default_fontsize": 10.0,
  "default_fontname": "Arial",
  "gridonopen": 1,
  "gridsize": [
   8.0,
   8.0
  ],
  "devicewidth": 300.0,
  "description": "Sends the selected clip to stepbridge",
  "boxes": [
   {
    "box": {
     "id": "midiin",
     "maxclass": "newobj",
     "text": "midiin",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      "int"
     ],
     "patching_rect": [
      20.0,
      20.0,
      45.0,
      22.0
     ]
    }
   },
   {
    "box": {
     "id": "midiout",
     "maxclass": "newobj",
     "text": "midiout",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      20.0,
      60.0,
      52.0,
      22.0
     ]
    }
   },
   {
    "box": {
     "id": "ready",
     "maxclass": "newobj",
     "text": "live.thisdevice",
     "numinlets": 1,
     "numoutlets": 3,
     "outlettype": [
      "bang",
      "int",
      "int"
     ],
     "patching_rect": [
      120.0,
      20.0,
      90.0,
      22.0
     ]
    }
   },
   {
    "box": {
     "id": "start",
     "maxclass": "message",
     "text": "start",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      120.0,
      60.0,
      40.0,
      22.0
     ]
    }
   },
   {
    "box": {
     "id": "title",
     "maxclass": "comment",
     "text": "stepbridge",
     "numinlets": 1,
     "numoutlets": 0,
     "fontsize": 12.0,
     "fontface": 1,
     "patching_rect": [
      300.0,
      10.0,
      100.0,
      20.0
     ],
     "presentation": 1,
     "presentation_rect": [
      8.0,
      4.0,
      90.0,
      20.0
     ]
    }
   },
   {
    "box": {
     "id": "prompt_label",
     "maxclass": "comment",
     "text": "What should it become?",
     "numinlets": 1,
     "numoutlets": 0,
     "fontsize": 10.0,
     "patching_rect": [
      300.0,
      30.0,
      150.0,
      20.0
     ],
     "presentation": 1,
     "presentation_rect": [
      8.0,
      24.0,
      200.0,
      18.0
     ]
    }
   },
   {
    "box": {
     "id": "prompt",
     "maxclass": "textedit",
     "numinlets": 1,
     "numoutlets": 4,
     "outlettype": [
      "",
      "int",
      "",
      ""
     ],
     "fontsize": 11.0,
     "keymode": 1,
     "outputmode": 1,
     "parameter_enable": 1,
     "saved_attribute_attributes": {
      "valueof": {
       "parameter_longname": "Prompt",
       "parameter_shortname": "Prompt",
       "parameter_type": 3,
       "parameter_invisible": 1
      }
     },
     "patching_rect": [
      300.0,
      50.0,
      280.0,
      40.0
     ],
     "presentation": 1,
     "presentation_rect": [
      8.0,
      42.0,
      284.0,
      40.0
     ]
    }
   },
   {
    "box": {
     "id": "section",
     "maxclass": "live.menu",
     "numinlets": 1,
     "numoutlets": 3,
     "outlettype": [
      "",
      "",
      "float"
     ],
     "parameter_enable": 1,
     "saved_attribute_attributes": {
      "valueof": {
       "parameter_longname": "Section",
       "parameter_shortname": "Section",
       "parameter_type": 2,
       "parameter_enum": [
        "section",
        "intro",
        "verse",
        "prechorus",
        "chorus",
        "bridge",
        "solo",
        "outro"
       ],
       "parameter_mmax": 7
      }
     },
     "patching_rect": [
      420.0,
      100.0,
      100.0,
      15.0
     ],
     "presentation": 1,
     "presentation_rect": [
      8.0,
      90.0,
      100.0,
      15.0
     ]
    }
   },
   {
    "box": {
     "id": "say_section",
     "maxclass": "newobj",
     "text": "prepend section",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      420.0,
      130.0,
      95.0,
      22.0
     ]
    }
   },
   {
    "box": {
     "id": "bars_label",
     "maxclass": "comment",
     "text": "bars (0: as the clip)",
     "numinlets": 1,
     "numoutlets": 0,
     "fontsize": 10.0,
     "patching_rect": [
      540.0,
      100.0,
      100.0,
      18.0
     ],
     "presentation": 1,
     "presentation_rect": [
      116.0,
      88.0,
      110.0,
      18.0
     ]
    }
   },
   {
    "box": {
     "id": "bars",
     "maxclass": "live.numbox",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      "float"
     ],
     "parameter_enable": 1,
     "saved_attribute_attributes": {
      "valueof": {
       "parameter_longname": "Bars",
       "parameter_shortname": "Bars",
       "parameter_type": 1,
       "parameter_mmin": 0.0,
       "parameter_mmax": 128.0,
       "parameter_initial_enable": 1,
       "parameter_initial": [
        0
       ]
      }
     },
     "patching_rect": [
      540.0,
      120.0,
      44.0,
      15.0
     ],
     "presentation": 1,
     "presentation_rect": [
      226.0,
      90.0,
      44.0,
      15.0
     ]
    }
   },
   {
    "box": {
     "id": "say_bars",
     "maxclass": "newobj",
     "text": "prepend bars",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      540.0,
      145.0,
      80.0,
      22.0
     ]
    }
   },
   {
    "box": {
     "id": "generate",
     "maxclass": "live.button",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "parameter_enable": 1,
     "saved_attribute_attributes": {
      "valueof": {
       "parameter_longname": "Send",
       "parameter_shortname": "Send",
       "parameter_type": 2,
       "parameter_enum": [
        "off",
        "on"
       ],
       "parameter_mmax": 1
      }
     },
     "patching_rect": [
      720.0,
      60.0,
      24.0,
      24.0
     ],
     "presentation": 1,
     "presentation_rect": [
      8.0,
      114.0,
      22.0,
      22.0
     ]
    }
   },
   {
    "box": {
     "id": "say_generate",
     "maxclass": "message",
     "text": "generate",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      720.0,
      125.0,
      60.0,
      22.0
     ]
    }
   },
   {
    "box": {
     "id": "generate_label",
     "maxclass": "comment",
     "text": "Send",
     "numinlets": 1,
     "numoutlets": 0,
     "fontsize": 10.0,
     "patching_rect": [
      750.0,
      60.0,
      50.0,
      18.0
     ],
     "presentation": 1,
     "presentation_rect": [
      32.0,
      116.0,
      46.0,
      18.0
     ]
    }
   },
   {
    "box": {
     "id": "cancel",
     "maxclass": "live.button",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "parameter_enable": 1,
     "saved_attribute_attributes": {
      "valueof": {
       "parameter_longname": "Cancel",
       "parameter_shortname": "Cancel",
       "parameter_type": 2,
       "parameter_enum": [
        "off",
        "on"
       ],
       "parameter_mmax": 1
      }
     },
     "patching_rect": [
      580.0,
      60.0,
      24.0,
      24.0
     ],
     "presentation": 1,
     "presentation_rect": [
      76.0,
      114.0,
      22.0,
      22.0
     ]
    }
   },
   {
    "box": {
     "id": "say_cancel",
     "maxclass": "message",
     "text": "cancel",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      580.0,
      125.0,
      60.0,
      22.0
     ]
    }
   },
   {
    "box": {
     "id": "cancel_label",
     "maxclass": "comment",
     "text": "Cancel",
     "numinlets": 1,
     "numoutlets": 0,
     "fontsize": 10.0,
     "patching_rect": [
      610.0,
      60.0,
      50.0,
      18.0
     ],
     "presentation": 1,
     "presentation_rect": [
      100.0,
      116.0,
      46.0,
      18.0
     ]
    }
   },
   {
    "box": {
     "id": "first_the_prompt",
     "maxclass": "newobj",
     "text": "t b b",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "bang",
      "bang"
     ],
     "patching_rect": [
      720.0,
      90.0,
      40.0,
      22.0
     ]
    }
   },
   {
    "box": {
     "id": "hear",
     "maxclass": "newobj",
     "text": "udpreceive 9134",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      160.0,
      130.0,
      100.0,
      22.0
     ]
    }
   },
   {
    "box": {
     "id": "logic",
     "maxclass": "newobj",
     "text": "js stepbridge_device.js",
     "numinlets": 1,
     "numoutlets": 3,
     "outlettype": [
      "",
      "",
      ""
     ],
     "patching_rect": [
      300.0,
      190.0,
      140.0,
      22.0
     ]
    }
   },
   {
    "box": {
     "id": "send",
     "maxclass": "newobj",
     "text": "udpsend 127.0.0.1 9130",
     "numinlets": 1,
     "numoutlets": 0,
     "patching_rect": [
      300.0,
      230.0,
      140.0,
      22.0
     ]
    }
   },
   {
    "box": {
     "id": "status",
     "maxclass": "comment",
     "text": "",
     "numinlets": 1,
     "numoutlets": 0,
     "fontsize": 10.0,
     "patching_rect": [
      460.0,
      230.0,
      280.0,
      18.0
     ],
     "presentation": 1,
     "presentation_rect": [
      8.0,
      148.0,
      284.0,
      18.0
     ]
    }
   },
   {
    "box": {
     "id": "progress",
     "maxclass": "slider",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "orientation": 1,
     "size": 101.0,
     "ignoreclick": 1,
     "parameter_enable": 0,
     "patching_rect": [
      460.0,
      260.0,
      140.0,
      14.0
     ],
     "presentation": 1,
     "presentation_rect": [
      148.0,
      118.0,
      144.0,
      14.0
     ]
    }
   }
  ],
  "lines": [
   {
    "patchline": {
     "source": [
      "midiin",
      0
     ],
     "destination": [
      "midiout",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "ready",
      0
     ],
     "destination": [
      "start",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "prompt",
      0
     ],
     "destination": [
      "logic",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "section",
      1
     ],
     "destination": [
      "say_section",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "bars",
      0
     ],
     "destination": [
      "say_bars",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "cancel",
      0
     ],
     "destination": [
      "say_cancel",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "generate",
      0
     ],
     "destination": [
      "first_the_prompt",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "first_the_prompt",
      1
     ],
     "destination": [
      "prompt",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "first_the_prompt",
      0
     ],
     "destination": [
      "say_generate",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "start",
      0
     ],
     "destination": [
      "logic",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "say_section",
      0
     ],
     "destination": [
      "logic",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "say_bars",
      0
     ],
     "destination": [
      "logic",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "say_generate",
      0
     ],
     "destination": [
      "logic",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "say_cancel",
      0
     ],
     "destination": [
      "logic",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "hear",
      0
     ],
     "destination": [
      "logic",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "logic",
      0
     ],
     "destination": [
      "send",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "logic",
      1
     ],
     "destination": [
      "status",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "logic",
      2
     ],
     "destination": [
      "progress",
      0
     ]
    }
   }
  ],
  "dependency_cache": [
   {
    "name": "stepbridge_device.js",
    "bootpath": ".",
    "type": "TEXT",
    "implicit": 1
   }
  ],
  "autosave": 0
 }
}
