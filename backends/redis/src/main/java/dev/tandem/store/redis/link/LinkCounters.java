package dev.tandem.store.redis.link;

import java.util.concurrent.atomic.LongAdder;

/** What has happened to a link since it was opened. Written by any of its event loops. */
final class LinkCounters {
    final LongAdder connectionsMade = new LongAdder();
    final LongAdder connectionsLost = new LongAdder();
    final LongAdder overloaded = new LongAdder();
    final LongAdder redirected = new LongAdder();
}
