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

    /** What places have in common that differ only in what is spent. */
    private record Spot<S>(S state, BitSet ahead) {}

    private final Map<Spot<S>, List<Place<S>>> spots = new HashMap<>();

    /** Returns whether it is new: no place with less spent is here. */
    boolean add(Place<S> place) {
        List<Place<S>> same =
                spots.computeIfAbsent(new Spot<>(place.state(), place.ahead()), any -> new ArrayList<>(1));
        for (Place<S> other : same) {
            if (isSubset(other.spent(), place.spent())) {
                return false;
            }
        }
        same.removeIf(other -> isSubset(place.spent(), other.spent()));
        same.add(place);
        return true;
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
