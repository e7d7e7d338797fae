package dev.tandem.store.raft.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The trie against the JDK's map, and its copies against what they were copied from. */
class HashTrieTest {
    private record Item(String name, int content) {}

    /** A copy, and what was in it. */
    private record Kept(HashTrie<Item> trie, Map<String, Item> model) {}

    /** In the order that states are written in: no change may move it. */
    private static final Comparator<Item> ORDER = Comparator.<Item>comparingLong(
                    item -> item.name().hashCode() * 0x9E37_79B9_7F4A_7C15L)
            .thenComparing(Item::name);

    private Edit edit = new Edit();
    private HashTrie<Item> trie = new HashTrie<>(Item::name, edit);
    private final Map<String, Item> model = new HashMap<>();

    /** Of two letters, "Aa" and "BB" have the same hash; so have all names that are made of them alone. */
    private static String name(Random random, int names, boolean isHashShared) {
        int drawn = random.nextInt(names);
        return isHashShared
                ? Integer.toBinaryString(drawn | 1 << 16).replace("0", "Aa").replace("1", "BB")
                : "n" + drawn;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomChanges_asInTheModel_andCopiesStayAsTheyWere(long seed) {
        Random random = new Random(seed);
        int names = 1 + random.nextInt(seed % 2 == 0 ? 100 : 5_000);
        boolean isHashShared = seed % 4 >= 2;
        List<Kept> kept = new ArrayList<>();
        for (int step = 0; step < 12_000; step++) {
            // It grows, and then it shrinks.
            boolean puts = random.nextInt(10) < (step < 8_000 ? 7 : 2);
            String name = name(random, names, isHashShared && random.nextInt(4) > 0);
            if (puts) {
                Item item = new Item(name, step);
                assertThat(trie.put(item)).isSameAs(model.put(name, item));
            } else {
                assertThat(trie.remove(name)).isSameAs(model.remove(name));
            }
            assertThat(trie.get(name)).isSameAs(model.get(name));
            assertThat(trie.size()).isEqualTo(model.size());
            if (random.nextInt(500) == 0) {
                kept.add(new Kept(trie, new HashMap<>(model)));
                edit = new Edit();
                trie = trie.in(edit);
            }
        }
        for (String name : List.copyOf(model.keySet())) {
            assertThat(trie.remove(name)).isSameAs(model.remove(name));
        }
        kept.add(new Kept(trie, model));
        for (Kept copy : kept) {
            assertSame(copy.trie(), copy.model(), random);
        }
    }

    private static void assertSame(HashTrie<Item> trie, Map<String, Item> model, Random random) {
        assertThat(trie.size()).isEqualTo(model.size());
        model.forEach((name, item) -> assertThat(trie.get(name)).isSameAs(item));
        List<Item> sorted = model.values().stream().sorted(ORDER).toList();
        assertThat(rest(trie.all())).isEqualTo(sorted);
        for (int i = 0; i < 10; i++) {
            String name = name(random, 5_000, i % 2 == 0);
            Item place = new Item(name, 0);
            assertThat(rest(trie.after(name)))
                    .isEqualTo(sorted.stream()
                            .filter(item -> ORDER.compare(item, place) > 0)
                            .toList());
        }
    }

    private static List<Item> rest(HashTrie.Walk<Item> walk) {
        List<Item> all = new ArrayList<>();
        for (Item item = walk.next(); item != null; item = walk.next()) {
            all.add(item);
        }
        return all;
    }

    @Test
    void many_areFoundAgain_inTheOrderOfTheirHashes() {
        for (int i = 0; i < 200_000; i++) {
            trie.put(new Item("id-" + i, i));
        }

        for (int i = 0; i < 200_000; i++) {
            assertThat(trie.get("id-" + i)).isEqualTo(new Item("id-" + i, i));
        }
        assertThat(trie.get("id-200000")).isNull();
        List<Item> all = rest(trie.all());
        assertThat(all).hasSize(200_000).isSortedAccordingTo(ORDER);
        assertThat(rest(trie.after(all.get(123_456).name()))).isEqualTo(all.subList(123_457, 200_000));
    }

    @Test
    void sameHash_differentNames_areTwoValues() {
        trie.put(new Item("Aa", 1));
        trie.put(new Item("BB", 2));

        assertThat(trie.get("Aa")).isEqualTo(new Item("Aa", 1));
        assertThat(trie.get("C#")).as("a third of that hash").isNull();
        assertThat(trie.remove("Aa")).isEqualTo(new Item("Aa", 1));
        assertThat(trie.get("BB")).isEqualTo(new Item("BB", 2));
    }
}
