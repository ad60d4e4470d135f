"""How inputs are damaged that decoders have to refuse."""

LONGEST = 400  # bytes of what is damaged once more


def damaged(chance, data, other, pieces):
    """The same with a few changes: some bits, some bytes, and lengths that say what is not so."""
    data = bytearray(data)
    for _ in range(1 + (chance.random() < 0.5) + (chance.random() < 0.2)):
        how, size = chance.randrange(10), len(data)
        at = chance.randrange(size) if size else 0
        end = at + min(size - at, chance.choice((1, 1, 1, 2, 3, 8)))
        if how == 0 and size:
            data[at] ^= 1 << chance.randrange(8)
        elif how == 1 and size:
            data[at] = (data[at] + chance.choice((-2, -1, 1, 2))) & 255
        elif how == 2 and size:
            data[at] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
        elif how == 3:
            data[at:at] = chance.randbytes(end - at + 1)
        elif how == 4:
            del data[at:end]
        elif how == 5:
            data[at:at] = data[at:end]
        elif how == 6:  # the end of another one
            data[at:] = other[chance.randrange(len(other) + 1) :]
        elif how == 7:
            data[at:end] = chance.choice(pieces)
        elif how == 8:
            data[at:at] = chance.choice(pieces)
        else:
            del data[at:]
    return bytes(data)


def keep(chance, inputs, samples, data):
    """Let an accepted input be damaged once more: instead of another one, beside the samples."""
    if len(data) <= LONGEST:
        if len(inputs) < 10 * len(samples):
            inputs.append(data)
        else:
            inputs[chance.randrange(len(samples), len(inputs))] = data
