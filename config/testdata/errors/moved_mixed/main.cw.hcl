moved {
  from = file.a
  to   = module.a
}
