moved {
  from = file.a
}
