resource "dockr_container" "a" {
}
