provider "1docker" {
}
