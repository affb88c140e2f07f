resource "direcotry" "a" {
}
