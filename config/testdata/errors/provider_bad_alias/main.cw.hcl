provider "docker" {
  alias = "e u"
}
