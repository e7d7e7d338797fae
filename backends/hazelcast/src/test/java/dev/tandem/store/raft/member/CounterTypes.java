package dev.tandem.store.raft.member;

import com.hazelcast.internal.serialization.DataSerializerHook;
import com.hazelcast.nio.serialization.DataSerializableFactory;

/** The numbers by which Hazelcast knows the tests' classes. */
public final class CounterTypes implements DataSerializerHook {
    static final int FACTORY = 77_000;
    static final int ADD = 1;
    static final int GET = 2;
    static final int STATE = 3;
    static final int CLEAR = 4;

    @Override
    public int getFactoryId() {
        return FACTORY;
    }

    @Override
    public DataSerializableFactory createFactory() {
        return type -> switch (type) {
            case ADD -> new CounterService.Add();
            case GET -> new CounterService.Get();
            case STATE -> new CounterService.State();
            case CLEAR -> new TaskCluster.Clear();
            default -> throw new IllegalArgumentException("type " + type);
        };
    }
}
