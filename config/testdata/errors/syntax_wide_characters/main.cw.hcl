locals {
  a = "é👩‍👩" + 
}
