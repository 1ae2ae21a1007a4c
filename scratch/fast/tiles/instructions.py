"""How the operations of meaning.py are compiled: each becomes vector instructions, written out one by one.

Python's loops here run while a kernel is compiled; in the kernel, nothing is left of them. A tile is an LLVM
value, a structure of vectors row by row, which LLVM takes apart and keeps in registers. See Numba's manual on
"low-level extension".
"""

import inspect
from itertools import accumulate

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import lower_builtin, models, register_model, type_callable

from scratch.fast.tiles import meaning

INT32, INT64 = ir.IntType(32), ir.IntType(64)


class Tile(types.Type):
    """Numba's type of a tile: dtype, rows, columns."""

    def __init__(self, dtype, rows, columns):
        self.dtype, self.rows, self.columns = dtype, rows, columns
        super().__init__(f"Tile({dtype}, {rows}, {columns})")

    @property
    def item_bytes(self):
        """Bytes of one number."""
        return self.dtype.bitwidth // 8

    @property
    def vectors(self):
        """LLVM's types of the vectors in a row: whole ones, then a half, a quarter, ... for what is left."""
        number = ir.FloatType() if self.item_bytes == 4 else ir.DoubleType()
        lanes, left, counts = meaning.lanes(f"f{self.item_bytes}"), self.columns, []
        while left:
            if lanes <= left:
                counts.append(lanes)
                left -= lanes
            else:
                lanes //= 2
        return [ir.VectorType(number, count) for count in counts]


@register_model(Tile)
class TileModel(models.PrimitiveModel):
    """A tile is a structure of vectors, row by row."""

    def __init__(self, manager, tile):
        super().__init__(manager, tile, ir.LiteralStructType(tile.vectors * tile.rows))


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
        builder, firsts = self.builder, self.first_columns()
        rows = [builder.gep(start, [builder.mul(step, INT64(r))]) for r in range(self.tile.rows)]
        return [builder.gep(row, [INT64(first)]) for row in rows for first in firsts]

    def first_columns(self):
        """Return at which column each vector of a row begins."""
        return [0, *accumulate(vector.count for vector in self.tile.vectors[:-1])]

    def load(self, start, step):
        """Return all vectors of rows that lie `step` numbers apart; they need not be aligned."""
        pairs = zip(self.places(start, step), self.tile.vectors * self.tile.rows, strict=True)
        return [
            self.builder.load(self.cast(place, vector), align=self.tile.item_bytes) for place, vector in pairs
        ]

    def store(self, vector, place):
        """Write a vector to an address."""
        self.builder.store(vector, self.cast(place, vector.type), align=1)

    def cast(self, place, vector):
        """Return an address of numbers as one of vectors."""
        return self.builder.bitcast(place, vector.as_pointer())

    def splat(self, number, count):
        """Return a vector that holds a number `count` times."""
        vector = ir.VectorType(number.type, count)
        first = self.builder.insert_element(ir.Constant(vector, ir.Undefined), number, INT32(0))
        mask = ir.Constant(ir.VectorType(INT32, count), [0] * count)
        return self.builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), mask)

    def add_products(self, number, vectors, sums):
        """Return sums + number * vectors, vector by vector; each in one instruction where there is one."""
        return [
            self.multiply_add(self.splat(number, v.type.count), v, s)
            for v, s in zip(vectors, sums, strict=True)
        ]

    def multiply_add(self, a, b, c):
        """Return a * b + c."""
        name = f"llvm.fmuladd.v{c.type.count}f{self.tile.dtype.bitwidth}"
        signature = ir.FunctionType(c.type, [c.type] * 3)
        function = cgutils.get_or_insert_function(self.builder.module, signature, name)
        return self.builder.call(function, [a, b, c])

    def parts(self, value):
        """Return a tile's vectors, row by row."""
        return [self.builder.extract_value(value, i) for i in range(len(value.type.elements))]

    def whole(self, parts):
        """Return a tile of these vectors."""
        value = ir.Constant(ir.LiteralStructType([part.type for part in parts]), ir.Undefined)
        for i, part in enumerate(parts):
            value = self.builder.insert_value(value, part, i)
        return value


def operation(function, *argument_types, makes_tile=True):
    """Return a decorator that makes `function` of meaning.py known to Numba as what writes the instructions.

    The decorated function takes a Writer, the types of the arguments and their values. argument_types: what
    the arguments are converted to, None for those that stay what they are. Operations either take their tile
    first, or make one: zeros and load, of (rows, columns, like).
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
    return writer.whole(writer.load(writer.address(kinds[2], m, at), step))


@operation(meaning.store, None, None, INDEX, INDEX, makes_tile=False)
def write_store(writer, kinds, values):
    """See meaning.store."""
    tile, m, at, step = values
    places = writer.places(writer.address(kinds[1], m, at), step)
    for part, place in zip(writer.parts(tile), places, strict=True):
        writer.store(part, place)


@operation(meaning.add_outer, None, None, INDEX, INDEX, None)
def write_add_outer(writer, kinds, values):
    """See meaning.add_outer: a load for each row, and a multiplication for each of its vectors."""
    (tile, x, at, step, row), builder = values, writer.builder
    start, parts, vectors, sums = writer.address(kinds[1], x, at), writer.parts(tile), writer.parts(row), []
    for r in range(writer.tile.rows):
        number = builder.load(builder.gep(start, [builder.mul(step, INT64(r))]))
        sums += writer.add_products(number, vectors, parts[r * len(vectors) : (r + 1) * len(vectors)])
    return writer.whole(sums)


@operation(meaning.add_scaled, None, None, None, INDEX, INDEX)
def write_add_scaled(writer, kinds, values):
    """See meaning.add_scaled: one load for each multiplication, which the processor does beside it."""
    tile, factor, m, at, step = values
    vectors = writer.load(writer.address(kinds[2], m, at), step)
    return writer.whole(writer.add_products(factor, vectors, writer.parts(tile)))


@operation(meaning.add, None, None)
def write_add(writer, kinds, values):
    """See meaning.add."""
    pairs = zip(*(writer.parts(value) for value in values), strict=True)
    return writer.whole([writer.builder.fadd(*pair) for pair in pairs])


@operation(meaning.gate, None, None, INDEX, types.uint8)
def write_gate(writer, kinds, values):
    """See meaning.gate."""
    (row, winner, at, pixel), builder, gated = values, writer.builder, []
    for part, first in zip(writer.parts(row), writer.first_columns(), strict=True):
        pixels, zero = writer.splat(pixel, part.type.count), ir.Constant(part.type, None)
        place = writer.cast(writer.address(kinds[1], winner, builder.add(at, INT64(first))), pixels.type)
        won = builder.icmp_unsigned("==", builder.load(place, align=1), pixels)
        gated.append(builder.select(won, part, zero))
    return writer.whole(gated)


@operation(meaning.relu_and_pool, None, None, None, None, INDEX, makes_tile=False)
def write_relu_and_pool(writer, kinds, values):
    """See meaning.relu_and_pool: comparisons and selections, no branch."""
    (above, below, y, winner, at), builder, vectors = values, writer.builder, writer.tile.vectors
    pixels = writer.parts(above) + writer.parts(below)
    for v, (vector, first) in enumerate(zip(vectors, writer.first_columns(), strict=True)):
        zero = ir.Constant(vector, None)
        numbers = [writer.splat(ir.IntType(8)(n), vector.count) for n in range(meaning.CLOSED + 1)]
        best, which = pixels[v], numbers[0]
        for n in range(1, 4):
            pixel = pixels[n * len(vectors) + v]
            # larger, or NaN; but once NaN has won, nothing does
            wins = builder.fcmp_unordered(">", pixel, best)
            wins = builder.and_(wins, builder.fcmp_ordered("ord", best, best))
            best, which = builder.select(wins, pixel, best), builder.select(wins, numbers[n], which)
        which = builder.select(builder.fcmp_ordered(">", best, zero), which, numbers[meaning.CLOSED])
        best = builder.select(builder.fcmp_ordered("<=", best, zero), zero, best)
        here = builder.add(at, INT64(first))
        writer.store(best, writer.address(kinds[2], y, here))
        writer.store(which, writer.address(kinds[3], winner, here))
