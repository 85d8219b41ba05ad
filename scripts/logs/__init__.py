"""What a stack's log tells its owner: the lines themselves, one reply's way, the numbers of a day."""
