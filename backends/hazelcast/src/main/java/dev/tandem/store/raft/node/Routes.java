package dev.tandem.store.raft.node;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which node a call goes to. Used on the link's context alone. */
final class Routes {
    /** Those that serve calls. */
    private final List<NodeLink> usable = new ArrayList<>();

    /** By group, from 1 on; null where no usable node says that it leads it. */
    private @Nullable NodeLink[] leaders = new NodeLink[1];

    /** Where reads go that may be older; it stays while it is usable, lest they go back in time. */
    private @Nullable NodeLink nearest;

    private int turn;

    void groups(int count) {
        leaders = new NodeLink[count + 1];
    }

    /**
     * Looks again at who is usable and leads what.
     *
     * @return the groups, one bit each, that are led by another node now, and known to be
     */
    long update(List<NodeLink> links) {
        usable.clear();
        links.stream().filter(NodeLink::isUsable).forEach(usable::add);
        long changed = 0;
        long led = 0;
        for (int group = 1; group < leaders.length; group++) {
            NodeLink leader = claimant(group);
            if (leader != null) {
                led |= Wire.bit(group);
                changed |= leader == leaders[group] ? 0 : Wire.bit(group);
            }
            leaders[group] = leader;
        }
        if (nearest == null || !usable.contains(nearest)) {
            nearest = usable.stream()
                    .min(Comparator.comparingLong(NodeLink::roundTripNanos))
                    .orElse(null);
        }
        watch(led);
        return changed;
    }

    /** Of nodes that say that they lead a group, the one with the higher term is right. */
    private @Nullable NodeLink claimant(int group) {
        NodeLink best = null;
        for (NodeLink each : usable) {
            if (each.term(group) > 0 && (best == null || each.term(group) > best.term(group))) {
                best = each;
            }
        }
        return best;
    }

    /** Changes are heard of first where the group is led; where that is not known, all tell of them. */
    private void watch(long led) {
        for (NodeLink each : usable) {
            long groups = 0;
            for (int group = 1; group < leaders.length; group++) {
                if (leaders[group] == each || (led & Wire.bit(group)) == 0) {
                    groups |= Wire.bit(group);
                }
            }
            each.watch(groups);
        }
    }

    @Nullable
    NodeLink leader(int group) {
        return group < leaders.length ? leaders[group] : null;
    }

    /** Null if there is none. */
    @Nullable
    NodeLink route(Call call) {
        Node avoided = call.avoided;
        call.avoided = null;
        NodeLink best = call.isAnsweredAnywhere() ? nearest : leader(call.group);
        return best != null && best.node() != avoided ? best : next(avoided);
    }

    /** One after the other: the member there takes the call to the leader. */
    private @Nullable NodeLink next(@Nullable Node avoided) {
        for (int tried = 0; tried < usable.size(); tried++) {
            NodeLink next = usable.get(Math.floorMod(turn++, usable.size()));
            if (usable.size() == 1 || next.node() != avoided) {
                return next;
            }
        }
        return null;
    }
}
