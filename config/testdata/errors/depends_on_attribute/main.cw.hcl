resource "file" "a" {
  depends_on = [file.b.path, var.x, data.file.c.path, module.m.out]
}
