moved {
  from = file.a.path
  to   = data.file.b
}
