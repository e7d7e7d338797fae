package dev.tandem.store.raft.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tree against the JDK's, and its copies against what they were copied from. */
class OrderedNamesTest {
    private record Key(long number, String name) implements Comparable<Key> {
        private static final Comparator<Key> ORDER =
                Comparator.comparingLong(Key::number).thenComparing(Key::name);

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }
    }

    /** A copy, and what was in it. */
    private record Kept(OrderedNames tree, NavigableSet<Key> model) {}

    private Edit edit = new Edit();
    private OrderedNames tree = new OrderedNames(edit);
    private final NavigableSet<Key> model = new TreeSet<>();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomChanges_asInTheModel_andCopiesStayAsTheyWere(long seed) {
        Random random = new Random(seed);
        int numbers = 1 + random.nextInt(seed % 2 == 0 ? 40 : 4_000);
        List<Kept> kept = new ArrayList<>();
        for (int step = 0; step < 10_000; step++) {
            // It grows, and then it shrinks; most come to the end and leave at the beginning, as they do in a queue.
            boolean adds = random.nextInt(10) < (step < 6_000 ? 7 : 2);
            int number = seed % 4 == 3 ? step / 4 : random.nextInt(numbers);
            Key key = new Key(number, "n" + random.nextInt(100));
            if (adds) {
                assertThat(tree.add(key.number(), key.name())).isEqualTo(model.add(key));
            } else {
                Key gone = random.nextBoolean() || model.isEmpty() ? key : model.first();
                assertThat(tree.remove(gone.number(), gone.name())).isEqualTo(model.remove(gone));
            }
            assertThat(tree.size()).isEqualTo(model.size());
            assertThat(tree.firstNumber())
                    .isEqualTo(model.isEmpty() ? Long.MAX_VALUE : model.first().number());
            if (random.nextInt(500) == 0) {
                kept.add(new Kept(tree, new TreeSet<>(model)));
                edit = new Edit();
                tree = tree.in(edit);
            }
            if (random.nextInt(2_000) == 0) {
                assertSame(tree, model, random);
            }
        }
        kept.add(new Kept(tree, model));
        for (Kept copy : kept) {
            assertSame(copy.tree(), copy.model(), random);
        }
    }

    private static void assertSame(OrderedNames tree, NavigableSet<Key> model, Random random) {
        assertThat(rest(tree.from(Long.MIN_VALUE, ""))).isEqualTo(List.copyOf(model));
        for (int i = 0; i < 5; i++) {
            Key key = new Key(random.nextInt(4_000), "n" + random.nextInt(100));
            assertThat(rest(tree.from(key.number(), key.name()))).isEqualTo(List.copyOf(model.tailSet(key, true)));
            assertThat(rest(tree.before(key.number(), key.name())))
                    .isEqualTo(List.copyOf(model.headSet(key, false).descendingSet()));
        }
    }

    private static List<Key> rest(OrderedNames.Walk walk) {
        List<Key> all = new ArrayList<>();
        for (String name = walk.next(); name != null; name = walk.next()) {
            all.add(new Key(walk.number(), name));
        }
        return all;
    }

    @Test
    void manyInOrder_thenAllAway_leavesNothing() {
        for (int i = 0; i < 100_000; i++) {
            tree.add(i, "x");
        }
        OrderedNames.Walk walk = tree.from(50_000, "");
        assertThat(walk.next()).isEqualTo("x");
        assertThat(walk.number()).isEqualTo(50_000);

        for (int i = 99_999; i >= 0; i--) {
            assertThat(tree.remove(i, "x")).isTrue();
        }
        assertThat(tree.size()).isZero();
        assertThat(tree.from(0, "").next()).isNull();
        assertThat(tree.firstNumber()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void numbersOfAllSizes_areOrderedBySign() {
        for (long number : new long[] {0, Long.MAX_VALUE, -1, Long.MIN_VALUE, 1}) {
            tree.add(number, "x");
        }

        assertThat(rest(tree.from(Long.MIN_VALUE, "")).stream().map(Key::number))
                .containsExactly(Long.MIN_VALUE, -1L, 0L, 1L, Long.MAX_VALUE);
    }

    @Test
    void sameNumber_differentNames_areOrderedByName() {
        tree.add(7, "b");
        tree.add(7, "a");

        assertThat(tree.add(7, "a")).isFalse();
        assertThat(rest(tree.from(7, ""))).containsExactly(new Key(7, "a"), new Key(7, "b"));
        assertThat(tree.remove(7, "c")).isFalse();
        assertThat(tree.remove(7, "a")).isTrue();
        assertThat(rest(tree.from(7, ""))).containsExactly(new Key(7, "b"));
    }
}
