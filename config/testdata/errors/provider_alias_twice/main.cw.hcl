provider "docker" {
  alias = "eu"
}
provider "docker" {
  alias = "eu"
}
