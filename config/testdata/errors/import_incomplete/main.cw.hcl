import {
  to       = file.a
  provider = file.a.b
}
