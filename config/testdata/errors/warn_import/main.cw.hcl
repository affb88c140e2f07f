locals {
  names = { a = "1" }
}

resource "file" "index" {}

resource "file" "many" {
  for_each = local.names
}

import {
  to       = file.index
  id       = "index.html"
  provider = file
}

import {
  for_each = local.names
  to       = file.many[each.key]
  id       = each.key
}
