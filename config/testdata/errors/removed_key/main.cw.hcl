removed {
  from = file.a["x"]
}
removed {
  from = module.a[0].file.b
}
