package dev.tandem.migration;

import dev.tandem.task.RecordName;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Looks again at records that were found different, to tell what is on its way from what is wrong.
 *
 * <p>Used for one list of names; one call after the other.
 */
final class Looks {
    /** After so many looks a record that neither came to be equal nor was shown to differ is taken for in flight: it moves all the time. */
    static final int LOOKS_MAX = 3;

    private final Sides sides;
    private final List<Difference> real = new ArrayList<>();
    private Map<RecordName, Sight> before = Map.of();

    private Looks(Sides sides) {
        this.sides = sides;
    }

    /** Those of the names whose records really differ, in the order of the names. Fails as a store does. */
    static Future<List<Difference>> at(Sides sides, List<RecordName> names) {
        Looks looks = new Looks(sides);
        return looks.look(names, 1)
                .map(done -> names.stream()
                        .flatMap(name ->
                                looks.real.stream().filter(found -> found.name().equals(name)))
                        .toList());
    }

    private Future<Void> look(List<RecordName> names, int look) {
        if (names.isEmpty() || look > LOOKS_MAX) {
            return Future.succeededFuture();
        }
        return sides.read(sides.authority(), names)
                .compose(ours -> sides.deliver()
                        .compose(delivered -> sides.read(sides.mirror(), names))
                        .map(theirs -> {
                            Map<RecordName, Sight> sights = new HashMap<>();
                            names.forEach(name -> sights.put(name, Sight.of(ours.get(name), theirs.get(name))));
                            return sights;
                        }))
                .compose(sights -> look(undecided(names, sights), look + 1));
    }

    private List<RecordName> undecided(List<RecordName> names, Map<RecordName, Sight> sights) {
        List<RecordName> left = new ArrayList<>();
        for (RecordName name : names) {
            Sight now = sights.getOrDefault(name, new Sight(0, 0, true));
            Sight earlier = before.get(name);
            if (earlier != null && now.proves(earlier)) {
                real.add(now.difference(name));
            } else if (!now.isSame()) {
                left.add(name);
            }
        }
        before = sights;
        return left;
    }
}
