resource "memory_loose" "c" {
  content = self.id
}
