removed {
  form = file.a
}
