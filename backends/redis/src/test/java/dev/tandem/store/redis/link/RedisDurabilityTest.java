package dev.tandem.store.redis.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a power cut and a failover would lose, in words that follow from the server's settings. */
class RedisDurabilityTest {
    private static RedisDurability of(String info, String require, String... config) {
        Map<String, String> said = new HashMap<>();
        for (int i = 0; i < config.length; i += 2) {
            said.put(config[i], config[i + 1]);
        }
        return RedisDurability.read(
                Endpoint.of("a", 1), info.replace(' ', '\n'), said, RedisRequirement.parse(require));
    }

    @Test
    void powerCutLoses_eachSetting_isSaid() {
        assertThat(of("aof_enabled:0", "none", "save", "").powerCutLoses()).contains("loses all tasks");
        assertThat(of("aof_enabled:0", "none", "save", "3600 1").powerCutLoses())
                .contains("last snapshot", "3600 1");
        assertThat(of("aof_enabled:0", "none").powerCutLoses()).contains("does not tell its save rules");
        assertThat(of("aof_enabled:1", "none", "appendfsync", "everysec").powerCutLoses())
                .contains("two seconds");
        assertThat(of("aof_enabled:1", "none", "appendfsync", "no").powerCutLoses())
                .contains("30 seconds");
        assertThat(of("aof_enabled:1", "none").powerCutLoses()).contains("does not tell its appendfsync");
        assertThat(of("aof_enabled:1", "none", "appendfsync", "always").powerCutLoses())
                .contains("loses nothing");
        assertThat(of("aof_enabled:1", "waitaof=0", "appendfsync", "everysec").powerCutLoses())
                .contains("loses nothing");
    }

    @Test
    void failoverLoses_eachSetting_isSaid() {
        assertThat(of("connected_slaves:0", "none").failoverLoses()).contains("no replica");
        assertThat(of("connected_slaves:2", "none").failoverLoses()).contains("without bound");
        assertThat(of("connected_slaves:2", "none", "min-replicas-to-write", "1")
                        .failoverLoses())
                .contains("min-replicas-max-lag");
        assertThat(of("connected_slaves:2", "wait=1").failoverLoses()).contains("only 1 of 2");
        assertThat(of("connected_slaves:2", "wait=2").failoverLoses()).contains("loses nothing");
    }

    @Test
    void shortOf_eachRequirement_saysWhatToSet() {
        RedisDurability none = of("aof_enabled:0 redis_version:6.2.11", "none", "min-replicas-to-write", "0");
        assertThat(none.shortOf(RedisRequirement.NONE)).isEmpty();
        assertThat(none.shortOf(RedisRequirement.parse("aof")))
                .singleElement()
                .asString()
                .contains("appendonly yes");
        assertThat(none.shortOf(RedisRequirement.parse("min-replicas=1")))
                .singleElement()
                .asString()
                .contains("min-replicas-to-write 1");
        assertThat(of("aof_enabled:1 redis_version:7.0.15", "none").shortOf(RedisRequirement.parse("waitaof=1")))
                .singleElement()
                .asString()
                .contains("7.0.15", "7.2");
        assertThat(of("aof_enabled:1 valkey_version:8.1.0 redis_version:7.2.4", "none")
                        .shortOf(RedisRequirement.parse("waitaof=1")))
                .isEmpty();
    }

    @Test
    void evicts_policiesThatDeleteOurKeys_only() {
        assertThat(of("maxmemory_policy:noeviction", "none").evicts()).isNull();
        assertThat(of("maxmemory_policy:volatile-lru", "none").evicts()).isNull();
        assertThat(of("maxmemory_policy:allkeys-lru", "none").evicts()).contains("allkeys-lru", "noeviction");
    }
}
