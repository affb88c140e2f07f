module "a" {
  source = "./notes.txt"
}
