assert "file_exists" "a" {
  target = file.b
}
