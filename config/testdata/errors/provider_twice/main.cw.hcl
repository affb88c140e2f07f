provider "docker" {
}

provider "docker" {
  host = "unix:///x"
}
