package dev.tandem.testkit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Looks for an order of one record's operations in which each answer is right: Wing and Gong's search, with Lowe's memory
 * of the places already tried.
 *
 * <p>An operation whose answer is unknown may take its place anywhere after it was invoked, or nowhere.
 */
final class LinearizationSearch<S> {
    private final HistoryModel<S> model;
    private final List<Operation> sorted;
    private final List<Operation> known;
    private final List<Operation> unknown;
    private final int placesMax;
    private int deepest = -1;
    private final Set<S> statesAtDeepest = new HashSet<>();
    private BitSet placedAtDeepest = new BitSet();

    /** What the search came to. */
    enum Verdict {
        LINEARIZABLE,
        NOT_LINEARIZABLE,
        GAVE_UP
    }

    /**
     * @param first the known operations before this one are all placed
     * @param ahead the known operations behind {@code first} that are placed too
     */
    private record Place<S>(int first, BitSet ahead, BitSet unknownPlaced, S state) {}

    LinearizationSearch(HistoryModel<S> model, List<Operation> operations, int placesMax) {
        this.model = model;
        this.placesMax = placesMax;
        this.sorted = operations.stream()
                .sorted(Comparator.comparingLong(Operation::invoked))
                .toList();
        this.known = sorted.stream().filter(LinearizationSearch::isKnown).toList();
        this.unknown = sorted.stream().filter(operation -> !isKnown(operation)).toList();
    }

    static boolean isKnown(Operation operation) {
        return !(operation.answer() instanceof Operation.Unknown);
    }

    Verdict run() {
        Set<Place<S>> tried = new HashSet<>();
        Deque<Place<S>> todo = new ArrayDeque<>();
        todo.push(new Place<>(0, new BitSet(), new BitSet(), model.start()));
        while (!todo.isEmpty()) {
            Place<S> place = todo.pop();
            if (!tried.add(place)) {
                continue;
            }
            if (place.first() == known.size()) {
                return Verdict.LINEARIZABLE;
            }
            if (tried.size() > placesMax) {
                return Verdict.GAVE_UP;
            }
            note(place);
            goOn(place, todo);
        }
        return Verdict.NOT_LINEARIZABLE;
    }

    private void goOn(Place<S> place, Deque<Place<S>> todo) {
        long firstReturn = Long.MAX_VALUE;
        List<Integer> open = new ArrayList<>();
        for (int i = place.first(); i < known.size() && known.get(i).invoked() < firstReturn; i++) {
            if (!place.ahead().get(i)) {
                firstReturn = Math.min(firstReturn, known.get(i).returned());
                open.add(i);
            }
        }
        // Pushed first, so tried last: most lost commands matter to nobody.
        for (int i = 0; i < unknown.size() && unknown.get(i).invoked() < firstReturn; i++) {
            if (!place.unknownPlaced().get(i)) {
                BitSet placed = (BitSet) place.unknownPlaced().clone();
                placed.set(i);
                for (S state : model.step(place.state(), unknown.get(i))) {
                    todo.push(new Place<>(place.first(), place.ahead(), placed, state));
                }
            }
        }
        open.sort(
                Comparator.comparingLong((Integer i) -> known.get(i).returned()).reversed());
        for (int i : open) {
            if (known.get(i).invoked() < firstReturn) {
                for (S state : model.step(place.state(), known.get(i))) {
                    todo.push(placed(place, i, state));
                }
            }
        }
    }

    private Place<S> placed(Place<S> place, int index, S state) {
        BitSet ahead = (BitSet) place.ahead().clone();
        ahead.set(index);
        int first = ahead.nextClearBit(place.first());
        ahead.clear(0, first);
        return new Place<>(first, ahead, place.unknownPlaced(), state);
    }

    private void note(Place<S> place) {
        int placed = place.first() + place.ahead().cardinality();
        if (placed > deepest) {
            deepest = placed;
            statesAtDeepest.clear();
            placedAtDeepest = (BitSet) place.ahead().clone();
            placedAtDeepest.set(0, place.first());
        }
        if (placed == deepest && statesAtDeepest.size() < 3) {
            statesAtDeepest.add(place.state());
        }
    }

    /** All operations, in the order in which they were invoked. */
    List<Operation> operations() {
        return sorted;
    }

    /** What the record may have been where the search got farthest. */
    List<S> statesAtDeepest() {
        return List.copyOf(statesAtDeepest);
    }

    /** The known operations that found no place where the search got farthest. */
    List<Operation> withoutPlace() {
        List<Operation> left = new ArrayList<>();
        for (int i = 0; i < known.size(); i++) {
            if (!placedAtDeepest.get(i)) {
                left.add(known.get(i));
            }
        }
        return left;
    }
}
