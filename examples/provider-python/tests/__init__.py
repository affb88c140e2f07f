"""python3 -m unittest runs these in the folder above."""
