"""How the operations of meaning.py are compiled: each becomes vector instructions, written out one by one.

Python's loops here run while a kernel is compiled; in the kernel, nothing is left of them. A tile is an LLVM
value, an array of vectors row by row, which LLVM takes apart and keeps in registers. See Numba's manual on
"low-level extension".
"""

import inspect

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import lower_builtin, models, register_model, type_callable

from scratch.fast.tiles import meaning

INT32, INT64 = ir.IntType(32), ir.IntType(64)


class Tile(types.Type):
    """Numba's type of a tile: dtype, rows, vectors."""

    def __init__(self, dtype, rows, vectors):
        self.dtype, self.rows, self.vectors = dtype, rows, vectors
        super().__init__(f"Tile({dtype}, {rows}, {vectors})")

    @property
    def item_bytes(self):
        """Bytes of one number."""
        return self.dtype.bitwidth // 8

    @property
    def lanes(self):
        """Numbers in one vector."""
        return meaning.VECTOR_BYTES // self.item_bytes

    @property
    def vector(self):
        """LLVM's type of one vector."""
        return ir.VectorType(ir.FloatType() if self.item_bytes == 4 else ir.DoubleType(), self.lanes)


@register_model(Tile)
class TileModel(models.PrimitiveModel):
    """A tile is an array of rows * vectors vectors."""

    def __init__(self, manager, tile):
        super().__init__(manager, tile, ir.ArrayType(tile.vector, tile.rows * tile.vectors))


class Writer:
    """Writes the instructions of one operation: what its methods have in common is the tile's type."""

    def __init__(self, context, builder, tile):
        self.context, self.builder, self.tile = context, builder, tile

    def address(self, array_type, array, at):
        """Return the address of number `at` of a flat array."""
        data = self.context.make_array(array_type)(self.context, self.builder, array).data
        return self.builder.gep(data, [at])

    def places(self, start, step):
        """Return the address of each of the tile's vectors, for rows that lie `step` numbers apart."""
        tile, builder = self.tile, self.builder
        rows = [builder.gep(start, [builder.mul(step, INT64(r))]) for r in range(tile.rows)]
        return [builder.gep(row, [INT64(v * tile.lanes)]) for row in rows for v in range(tile.vectors)]

    def load(self, place):
        """Return the vector at an address, which need not be aligned."""
        return self.builder.load(self.cast(place, self.tile.vector), align=self.tile.item_bytes)

    def store(self, vector, place):
        """Write a vector to an address."""
        self.builder.store(vector, self.cast(place, vector.type), align=1)

    def cast(self, place, vector):
        """Return an address of numbers as one of vectors."""
        return self.builder.bitcast(place, vector.as_pointer())

    def splat(self, number):
        """Return a vector that holds a number in every lane."""
        vector = ir.VectorType(number.type, self.tile.lanes)
        first = self.builder.insert_element(ir.Constant(vector, ir.Undefined), number, INT32(0))
        mask = ir.Constant(ir.VectorType(INT32, vector.count), [0] * vector.count)
        return self.builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), mask)

    def multiply_add(self, a, b, c):
        """Return a * b + c, in one instruction where the processor has one."""
        vector = self.tile.vector
        name = f"llvm.fmuladd.v{vector.count}f{self.tile.dtype.bitwidth}"
        signature = ir.FunctionType(vector, [vector] * 3)
        function = cgutils.get_or_insert_function(self.builder.module, signature, name)
        return self.builder.call(function, [a, b, c])

    def parts(self, value):
        """Return a tile's vectors, row by row."""
        return [self.builder.extract_value(value, i) for i in range(self.tile.rows * self.tile.vectors)]

    def whole(self, parts):
        """Return a tile of these vectors."""
        value = ir.Constant(ir.ArrayType(self.tile.vector, len(parts)), ir.Undefined)
        for i, part in enumerate(parts):
            value = self.builder.insert_value(value, part, i)
        return value


def operation(function, *argument_types, makes_tile=True):
    """Return a decorator that makes `function` of meaning.py known to Numba as what writes the instructions.

    The decorated function takes a Writer, the types of the arguments and their values. argument_types: what
    the arguments are converted to, None for those that stay what they are. Operations either take their tile
    first, or make one: zeros and load, of (rows, vectors, like).
    """
    new = function in (meaning.zeros, meaning.load)

    def decorate(write):
        @type_callable(function)
        def type_operation(context):
            def typer(*given):
                if new and not all(isinstance(size, types.IntegerLiteral) for size in given[:2]):
                    return None  # Numba tries once more, with the constants' values
                tile = Tile(given[2].dtype, *(n.literal_value for n in given[:2])) if new else given[0]
                taken = [kind or own for kind, own in zip(argument_types, given, strict=True)]
                return (tile if makes_tile else types.none)(*taken)

            typer.__signature__ = inspect.signature(function)  # Numba reads it
            return typer

        @lower_builtin(function, types.VarArg(types.Any))
        def lower(context, builder, signature, values):
            tile = signature.return_type if makes_tile else signature.args[0]
            result = write(Writer(context, builder, tile), signature.args, values)
            return context.get_dummy_value() if result is None else result

        return write

    return decorate


INDEX = types.int64


@operation(meaning.zeros, None, None, None)
def write_zeros(writer, kinds, values):
    """See meaning.zeros."""
    return ir.Constant(writer.context.get_value_type(writer.tile), None)


@operation(meaning.load, None, None, None, INDEX, INDEX)
def write_load(writer, kinds, values):
    """See meaning.load."""
    _, _, m, at, step = values
    return writer.whole(
        [writer.load(place) for place in writer.places(writer.address(kinds[2], m, at), step)]
    )


@operation(meaning.store, None, None, INDEX, INDEX, makes_tile=False)
def write_store(writer, kinds, values):
    """See meaning.store."""
    tile, m, at, step = values
    places = writer.places(writer.address(kinds[1], m, at), step)
    for part, place in zip(writer.parts(tile), places, strict=True):
        writer.store(part, place)


@operation(meaning.add_outer, None, None, INDEX, INDEX, None)
def write_add_outer(writer, kinds, values):
    """See meaning.add_outer: a load for each row, and rows * vectors multiplications."""
    (tile, x, at, step, row), builder = values, writer.builder
    start, parts, sums = writer.address(kinds[1], x, at), iter(writer.parts(tile)), []
    vectors = [builder.extract_value(row, v) for v in range(writer.tile.vectors)]
    for r in range(writer.tile.rows):
        number = writer.splat(builder.load(builder.gep(start, [builder.mul(step, INT64(r))])))
        sums += [writer.multiply_add(number, vector, next(parts)) for vector in vectors]
    return writer.whole(sums)


@operation(meaning.add_scaled, None, None, None, INDEX, INDEX)
def write_add_scaled(writer, kinds, values):
    """See meaning.add_scaled: one load for each multiplication, which the processor does beside it."""
    tile, factor, m, at, step = values
    factor, places = writer.splat(factor), writer.places(writer.address(kinds[2], m, at), step)
    parts = zip(writer.parts(tile), places, strict=True)
    return writer.whole([writer.multiply_add(factor, writer.load(place), part) for part, place in parts])


@operation(meaning.add, None, None)
def write_add(writer, kinds, values):
    """See meaning.add."""
    pairs = zip(*(writer.parts(value) for value in values), strict=True)
    return writer.whole([writer.builder.fadd(*pair) for pair in pairs])


@operation(meaning.gate, None, None, INDEX, types.uint8)
def write_gate(writer, kinds, values):
    """See meaning.gate."""
    (row, winner, at, pixel), builder, lanes = values, writer.builder, writer.tile.lanes
    pixels, zero = writer.splat(pixel), ir.Constant(writer.tile.vector, None)
    gated = []
    for v, part in enumerate(writer.parts(row)):
        place = writer.cast(writer.address(kinds[1], winner, builder.add(at, INT64(v * lanes))), pixels.type)
        won = builder.icmp_unsigned("==", builder.load(place, align=1), pixels)
        gated.append(builder.select(won, part, zero))
    return writer.whole(gated)


@operation(meaning.relu_and_pool, None, None, None, None, INDEX, makes_tile=False)
def write_relu_and_pool(writer, kinds, values):
    """See meaning.relu_and_pool: comparisons and selections, no branch."""
    (above, below, y, winner, at), builder, tile = values, writer.builder, writer.tile
    pixels, zero = writer.parts(above) + writer.parts(below), ir.Constant(tile.vector, None)
    numbers = [writer.splat(ir.IntType(8)(n)) for n in range(meaning.CLOSED + 1)]
    for v in range(tile.vectors):
        best, which = pixels[v], numbers[0]
        for n in range(1, 4):
            pixel = pixels[n * tile.vectors + v]
            # larger, or NaN; but once NaN has won, nothing does
            wins = builder.fcmp_unordered(">", pixel, best)
            wins = builder.and_(wins, builder.fcmp_ordered("ord", best, best))
            best, which = builder.select(wins, pixel, best), builder.select(wins, numbers[n], which)
        which = builder.select(builder.fcmp_ordered(">", best, zero), which, numbers[meaning.CLOSED])
        best = builder.select(builder.fcmp_ordered("<=", best, zero), zero, best)
        here = builder.add(at, INT64(v * tile.lanes))
        writer.store(best, writer.address(kinds[2], y, here))
        writer.store(which, writer.address(kinds[3], winner, here))
