package dev.tandem.store.redis.link;

import java.util.concurrent.atomic.LongAdder;

/** What has happened to a link since it was opened. Written by any of its event loops. */
final class LinkCounters {
    final LongAdder connectionsMade = new LongAdder();
    final LongAdder connectionsLost = new LongAdder();
    final LongAdder overloaded = new LongAdder();
    final LongAdder timedOut = new LongAdder();
    final LongAdder moved = new LongAdder();
    final LongAdder asked = new LongAdder();
    final LongAdder triedAgain = new LongAdder();
    final LongAdder waitShortfalls = new LongAdder();

    LinkStatus.Counts counts() {
        return new LinkStatus.Counts(
                connectionsMade.sum(),
                connectionsLost.sum(),
                overloaded.sum(),
                timedOut.sum(),
                moved.sum(),
                asked.sum(),
                triedAgain.sum(),
                waitShortfalls.sum());
    }
}
