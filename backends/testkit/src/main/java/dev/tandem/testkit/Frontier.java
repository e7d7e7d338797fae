package dev.tandem.testkit;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The places where a record may be after an answer, of which none covers another. */
final class Frontier<S> {
    /**
     * Where a record may be.
     *
     * @param ahead the known operations that have their place, though their answer has not come yet
     * @param spent the lost operations that have their place, or can have none any more
     */
    record Place<S>(S state, BitSet ahead, BitSet spent) {}

    /** What places have in common of which one may cover the other. */
    private record Spot<S>(S state, BitSet ahead) {}

    private final HistoryModel<S> model;
    private final Map<Spot<S>, List<Place<S>>> spots = new HashMap<>();

    Frontier(HistoryModel<S> model) {
        this.model = model;
    }

    /** Whether a place is here that allows all that this one does. */
    boolean covers(Place<S> place) {
        return spots.getOrDefault(spotOf(place), List.of()).stream().anyMatch(other -> covers(other, place));
    }

    /** Returns whether it is new: none that is here covers it. */
    boolean add(Place<S> place) {
        if (covers(place)) {
            return false;
        }
        List<Place<S>> same = spots.computeIfAbsent(spotOf(place), any -> new ArrayList<>(1));
        same.removeIf(other -> covers(place, other));
        same.add(place);
        return true;
    }

    private Spot<S> spotOf(Place<S> place) {
        return new Spot<>(model.withoutBounds(place.state()), place.ahead());
    }

    private boolean covers(Place<S> one, Place<S> other) {
        return model.floor(one.state()) <= model.floor(other.state())
                && model.notBeforeMillis(one.state()) <= model.notBeforeMillis(other.state())
                && isSubset(one.spent(), other.spent());
    }

    List<Place<S>> places() {
        return spots.values().stream().flatMap(Collection::stream).toList();
    }

    boolean isEmpty() {
        return spots.isEmpty();
    }

    static boolean isSubset(BitSet one, BitSet other) {
        if (one.cardinality() > other.cardinality()) {
            return false;
        }
        for (int i = one.nextSetBit(0); i >= 0; i = one.nextSetBit(i + 1)) {
            if (!other.get(i)) {
                return false;
            }
        }
        return true;
    }
}
