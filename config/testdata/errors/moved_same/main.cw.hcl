moved {
  from = file.a
  to   = file.a
}
