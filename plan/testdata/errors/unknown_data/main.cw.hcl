data "memory_thing" "a" {
}
