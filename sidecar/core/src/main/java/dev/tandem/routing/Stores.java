package dev.tandem.routing;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskStore;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The stores that this sidecar reaches, by the names that policies call them by: the same in every sidecar.
 *
 * @param first where a namespace is that no policy was ever made for
 */
public record Stores(Map<String, TaskStore> byName, String first) {
    public Stores {
        // In one order, so that what is done with them is repeatable.
        byName = Collections.unmodifiableMap(new TreeMap<>(byName));
        if (!byName.containsKey(first)) {
            throw new IllegalArgumentException("there is no store " + first + " among " + byName.keySet());
        }
    }

    public Set<String> names() {
        return byName.keySet();
    }

    /**
     * The store of this name.
     *
     * @throws StoreException if this sidecar has none
     */
    public TaskStore get(String name) {
        TaskStore store = byName.get(name);
        if (store == null) {
            throw new StoreException(
                    FailureKind.NOT_APPLIED,
                    "the namespace's policy names the store " + name
                            + ", which this sidecar does not have: add it to its" + " configuration");
        }
        return store;
    }
}
