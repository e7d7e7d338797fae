package dev.tandem.bench;

/** One line of the results: the same phase, repeated in every round. */
record Cell(Way way, Operation operation, int inFlight, int payloadBytes) {
    Cell by(Way other) {
        return new Cell(other, other == Way.EMPTY ? Operation.EMPTY : operation, inFlight, payloadBytes);
    }
}
