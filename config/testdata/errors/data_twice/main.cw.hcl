data "file" "a" {
}
data "file" "a" {
}
