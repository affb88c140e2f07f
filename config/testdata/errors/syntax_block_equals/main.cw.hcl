resource = "file"
