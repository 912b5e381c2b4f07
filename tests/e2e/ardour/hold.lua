-- Lists the session and keeps it open until a line comes in.
assert (loadfile ((os.getenv ("ARDOUR_STEP"):gsub ("hold", "list")))) ()
print ("OPEN\t")
io.stdout:flush ()
io.read ()
