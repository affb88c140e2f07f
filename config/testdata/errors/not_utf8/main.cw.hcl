# café
locals {
  a = 1
}
