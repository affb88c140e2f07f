moved {
  from = file.a
  to   = directory.a
}
