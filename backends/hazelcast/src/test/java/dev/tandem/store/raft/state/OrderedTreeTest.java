package dev.tandem.store.raft.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tree against the JDK's, and its copies against what they were copied from. */
class OrderedTreeTest {
    private record Key(long number, String name) implements Comparable<Key> {
        private static final Comparator<Key> ORDER =
                Comparator.comparingLong(Key::number).thenComparing(Key::name);

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }
    }

    private record Item(String name, int content) {}

    /** A copy, and what was in it. */
    private record Kept(OrderedTree<Item> tree, NavigableMap<Key, Item> model) {}

    private Edit edit = new Edit();
    private OrderedTree<Item> tree = new OrderedTree<>(Item::name, edit);
    private NavigableMap<Key, Item> model = new TreeMap<>();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomChanges_asInTheModel_andCopiesStayAsTheyWere(long seed) {
        Random random = new Random(seed);
        int numbers = 1 + random.nextInt(seed % 2 == 0 ? 40 : 4_000);
        List<Kept> kept = new ArrayList<>();
        for (int step = 0; step < 10_000; step++) {
            // It grows, and then it shrinks.
            boolean puts = random.nextInt(10) < (step < 6_000 ? 7 : 2);
            Key key = new Key(random.nextInt(numbers), "n" + random.nextInt(100));
            if (puts) {
                Item item = new Item(key.name(), step);
                assertThat(tree.put(key.number(), item)).isEqualTo(model.put(key, item));
            } else {
                Key gone = random.nextBoolean() ? key : model.ceilingKey(key);
                if (gone != null) {
                    assertThat(tree.remove(gone.number(), gone.name())).isEqualTo(model.remove(gone));
                }
            }
            assertThat(tree.size()).isEqualTo(model.size());
            if (random.nextInt(500) == 0) {
                kept.add(new Kept(tree, new TreeMap<>(model)));
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

    private static void assertSame(OrderedTree<Item> tree, NavigableMap<Key, Item> model, Random random) {
        assertThat(forward(tree.from(Long.MIN_VALUE, ""))).isEqualTo(List.copyOf(model.values()));
        for (int i = 0; i < 5; i++) {
            Key key = new Key(random.nextInt(4_000), "n" + random.nextInt(100));
            assertThat(tree.get(key.number(), key.name())).isEqualTo(model.get(key));
            assertThat(forward(tree.from(key.number(), key.name())))
                    .isEqualTo(List.copyOf(model.tailMap(key, true).values()));
            assertThat(forward(tree.before(key.number(), key.name())))
                    .isEqualTo(List.copyOf(
                            model.headMap(key, false).descendingMap().values()));
        }
        for (Map.Entry<Key, Item> entry : model.entrySet()) {
            assertThat(tree.get(entry.getKey().number(), entry.getKey().name())).isSameAs(entry.getValue());
        }
    }

    private static List<Item> forward(OrderedTree.Walk<Item> walk) {
        List<Item> all = new ArrayList<>();
        for (Item item = walk.next(); item != null; item = walk.next()) {
            all.add(item);
        }
        return all;
    }

    @Test
    void manyInOrder_thenAllAway_leavesNothing() {
        for (int i = 0; i < 100_000; i++) {
            tree.put(i, new Item("x", i));
        }
        OrderedTree.Walk<Item> walk = tree.from(50_000, "");
        assertThat(walk.next()).isEqualTo(new Item("x", 50_000));
        assertThat(walk.key()).isEqualTo(50_000);

        for (int i = 99_999; i >= 0; i--) {
            assertThat(tree.remove(i, "x")).isNotNull();
        }
        assertThat(tree.size()).isZero();
        assertThat(tree.from(0, "").next()).isNull();
        assertThat(tree.get(0, "x")).isNull();
    }

    @Test
    void numbersOfAllSizes_areOrderedBySign() {
        for (long number : new long[] {0, Long.MAX_VALUE, -1, Long.MIN_VALUE, 1}) {
            tree.put(number, new Item("x", 0));
        }

        List<Long> order = new ArrayList<>();
        OrderedTree.Walk<Item> walk = tree.from(Long.MIN_VALUE, "");
        while (walk.next() != null) {
            order.add(walk.key());
        }
        assertThat(order).containsExactly(Long.MIN_VALUE, -1L, 0L, 1L, Long.MAX_VALUE);
    }

    @Test
    void sameHash_differentNames_areTwoValues() {
        tree.put(7, new Item("Aa", 1));
        tree.put(7, new Item("BB", 2));

        assertThat(tree.get(7, "Aa")).isEqualTo(new Item("Aa", 1));
        assertThat(tree.remove(7, "Aa")).isEqualTo(new Item("Aa", 1));
        assertThat(tree.get(7, "BB")).isEqualTo(new Item("BB", 2));
    }
}
