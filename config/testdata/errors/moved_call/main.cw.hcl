moved {
  from = upper("a")
  to   = file.b[null]
}
