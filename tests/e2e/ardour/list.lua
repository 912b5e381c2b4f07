-- Lists what Ardour has on the playlists that its tracks play, one line a region, then one a note.
for route in Session:get_tracks ():iter () do
	for region in route:to_track ():playlist ():region_list ():iter () do
		local audio, midi = region:to_audioregion (), region:to_midiregion ()
		local peak = audio:isnil () and 0 or audio:maximum_amplitude (nil)
		print (table.concat ({ "REGION", route:name (), region:name (), region:position ():samples (), region:length ():samples (),
			region:position ():beats ():str (), region:length ():beats ():str (), peak }, "\t"))
		if not midi:isnil () then
			for note in ARDOUR.LuaAPI.note_list (midi:midi_source (0):model ()):iter () do
				print (table.concat ({ "NOTE", route:name (), region:name (), note:note (), note:time ():str (), note:length ():str (), note:velocity () }, "\t"))
			end
		end
	end
end
