package dev.tandem.migration;

import java.util.ArrayList;
import java.util.List;

/**
 * What speaks against a step, a sentence each.
 *
 * @param refusals why it can't be taken
 * @param obstacles what has to be out of the way first, unless an operator insists
 */
record Checks(List<String> refusals, List<String> obstacles) {
    Checks refusing(List<String> more) {
        List<String> all = new ArrayList<>(refusals);
        all.addAll(more);
        return new Checks(List.copyOf(all), obstacles);
    }

    List<String> all() {
        List<String> all = new ArrayList<>(refusals);
        all.addAll(obstacles);
        return List.copyOf(all);
    }
}
