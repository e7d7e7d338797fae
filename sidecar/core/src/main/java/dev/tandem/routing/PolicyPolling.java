package dev.tandem.routing;

import java.util.Collections;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * When which namespace's gates are looked at, though no call asks for it: first of all those that were moved, as most of what changes is theirs. Belongs to
 * the context that it is started on.
 */
final class PolicyPolling {
    static final long POLL_MILLIS = 500;

    /** At how many namespaces that were moved it looks at a time. */
    static final int MOVED_MAX = 200;

    /** At how many others. */
    static final int OTHERS_MAX = 100;

    private final Timers timers;
    private final Set<String> all;
    private final Set<String> moved = ConcurrentHashMap.newKeySet();
    private final Consumer<String> look;
    private Iterator<String> movedNext = Collections.emptyIterator();
    private Iterator<String> othersNext = Collections.emptyIterator();
    private volatile boolean isStopped;

    /** @param all those that are known; a set that others change meanwhile */
    PolicyPolling(Timers timers, Set<String> all, Consumer<String> look) {
        this.timers = timers;
        this.all = all;
        this.look = look;
    }

    /** Tells of a namespace that was moved. From any thread. */
    void moved(String namespace) {
        moved.add(namespace);
    }

    void start() {
        timers.set(POLL_MILLIS, () -> {
            if (!isStopped) {
                poll();
                start();
            }
        });
    }

    void stop() {
        isStopped = true;
    }

    /** Goes on behind those of the last time. */
    private void poll() {
        if (!movedNext.hasNext()) {
            movedNext = moved.iterator();
        }
        for (int i = 0; i < MOVED_MAX && movedNext.hasNext(); i++) {
            look.accept(movedNext.next());
        }
        if (!othersNext.hasNext()) {
            othersNext = all.iterator();
        }
        for (int i = 0; i < OTHERS_MAX && othersNext.hasNext(); i++) {
            String namespace = othersNext.next();
            if (!moved.contains(namespace)) {
                look.accept(namespace);
            }
        }
    }
}
