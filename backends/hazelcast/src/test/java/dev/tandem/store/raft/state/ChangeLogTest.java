package dev.tandem.store.raft.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The log against the JDK's map, and its copies against what they were copied from. */
class ChangeLogTest {
    /** A copy, and what was the newest change of each id. */
    private record Kept(ChangeLog log, NavigableMap<Long, String> newest) {}

    private Edit edit = new Edit();
    private ChangeLog log = new ChangeLog(edit);
    private final Map<String, Long> versions = new HashMap<>();
    private long version;

    private boolean isNewest(long at, String id) {
        return versions.getOrDefault(id, 0L) == at;
    }

    private void change(String id) {
        versions.put(id, ++version);
        if (log.add(version, id)) {
            log.sweep(versions.size(), this::isNewest);
        }
    }

    private Kept keep() {
        NavigableMap<Long, String> newest = new TreeMap<>();
        versions.forEach((id, at) -> newest.put(at, id));
        Kept kept = new Kept(log, newest);
        edit = new Edit();
        log = log.in(edit);
        return kept;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void randomChanges_haveTheNewestOfEachId_andCopiesStayAsTheyWere(long seed) {
        Random random = new Random(seed);
        List<Kept> kept = new ArrayList<>();
        int ids = seed % 2 == 0 ? 10 : 3_000;
        for (int step = 0; step < 60_000; step++) {
            // Some are changed often, most seldom; some go, and versions are passed over.
            String id = "n" + (random.nextInt(4) == 0 ? random.nextInt(ids) : random.nextInt(1 + ids / 100));
            if (random.nextInt(10) == 0) {
                versions.remove(id);
                version += random.nextInt(3);
            } else {
                change(id);
            }
            if (random.nextInt(2_000) == 0) {
                kept.add(keep());
            }
        }
        kept.add(keep());
        for (Kept copy : kept) {
            assertThat(newest(copy, 0)).isEqualTo(copy.newest());
            for (int i = 0; i < 10; i++) {
                long from = random.nextLong(version + 2);
                assertThat(newest(copy, from)).isEqualTo(copy.newest().tailMap(from, true));
            }
        }
    }

    private static NavigableMap<Long, String> newest(Kept copy, long from) {
        NavigableMap<Long, String> found = new TreeMap<>();
        long before = -1;
        ChangeLog.Walk walk = copy.log().from(from);
        while (walk.next()) {
            assertThat(walk.version()).isGreaterThan(before).isGreaterThanOrEqualTo(from);
            before = walk.version();
            if (walk.id().equals(copy.newest().get(walk.version()))) {
                found.put(walk.version(), walk.id());
            }
        }
        return found;
    }

    @Test
    void sameIdsAgainAndAgain_stayBounded() {
        int longest = 0;
        for (int i = 0; i < 1_000_000; i++) {
            change("n" + i % 2_000);
            longest = Math.max(longest, log.size());
        }

        assertThat(longest)
                .as("several times the newest, and a few blocks")
                .isLessThan(4 * 2_000 + 8 * ChangeLog.BLOCK_MAX);
    }

    @Test
    void manyIdsOnce_areSweptWithoutLosingOne() {
        for (int i = 0; i < 100_000; i++) {
            change("n" + i);
        }

        assertThat(log.size()).isEqualTo(100_000);
        assertThat(newest(keep(), 0)).hasSize(100_000);
    }

    @Test
    void nothing_hasNoChanges() {
        assertThat(log.from(0).next()).isFalse();
        change("a");
        assertThat(log.from(2).next()).isFalse();
    }
}
