package dev.tandem.store.redis.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.store.redis.link.RedisAddress.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be written as an address, and what is said of anything else. */
class RedisAddressTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "redis://localhost                          | STANDALONE | localhost:6379          | false",
                "redis://10.0.0.1:7000/0                    | STANDALONE | 10.0.0.1:7000           | false",
                "rediss://redis.example.com                 | STANDALONE | redis.example.com:6379  | true",
                "redis://[::1]:7000                         | STANDALONE | [::1]:7000              | false",
                "redis+unix:///run/redis.sock               | STANDALONE | /run/redis.sock         | false",
                "redis+sentinel://a,b:7,c:65535/main        | SENTINEL   | a:26379, b:7, c:65535   | false",
                "rediss+sentinel://a/main                   | SENTINEL   | a:26379                 | true",
                "redis+cluster://a,b:7                      | CLUSTER    | a:6379, b:7             | false",
                "rediss+cluster://a/                        | CLUSTER    | a:6379                  | true",
            })
    void parse_itsForms_areUnderstood(String text, Kind kind, String servers, boolean tls) {
        RedisAddress address = RedisAddress.parse(text);
        assertThat(address.kind()).isEqualTo(kind);
        assertThat(address.servers()).isEqualTo(servers);
        assertThat(address.tls()).isEqualTo(tls);
        assertThat(address).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "http://localhost",
                "redis:localhost",
                "redis://",
                "redis://a:b",
                "redis://a:0",
                "redis://a:65536",
                "redis://a:999999",
                "redis://a,b",
                "redis://a/1",
                "redis://a/x",
                "redis://::1",
                "redis+unix://path",
                "redis+unix:///",
                "rediss+unix:///run/redis.sock",
                "redis+sentinel://a",
                "redis+sentinel://a/",
                "redis+sentinel://a/b/c",
                "redis+cluster://a,,b",
            })
    void parse_anythingElse_saysWhatToWrite(String text) {
        assertThatThrownBy(() -> RedisAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @Test
    void parse_withAPassword_saysWhereItBelongsAndDoesNotRepeatIt() {
        assertThatThrownBy(() -> RedisAddress.parse("redis://:s3cret@localhost"))
                .hasMessageContaining("redis.password_file")
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void credentials_printed_hideThePassword() {
        assertThat(new Credentials("me", "s3cret")).hasToString("me with a password");
        assertThat(RedisOptions.builder(RedisAddress.parse("redis://a"))
                        .credentials(new Credentials("me", "s3cret"))
                        .build()
                        .toString())
                .doesNotContain("s3cret");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "none                       | false | false | 0 | 0 | false",
                "aof                        | true  | false | 0 | 0 | false",
                "fsync                      | true  | true  | 0 | 0 | false",
                "min-replicas=2             | false | false | 2 | 0 | false",
                "wait=1                     | false | false | 0 | 1 | false",
                "waitaof=0                  | true  | false | 0 | 0 | true",
                "fsync, min-replicas=1, wait=2 | true  | true  | 1 | 2 | false",
            })
    void requirement_itsForms_areUnderstood(
            String text, boolean aof, boolean fsync, int minReplicas, int waitReplicas, boolean waitDisk) {
        assertThat(RedisRequirement.parse(text))
                .isEqualTo(new RedisRequirement(aof, fsync, minReplicas, waitReplicas, waitDisk));
    }

    @ParameterizedTest
    @ValueSource(strings = {"always", "wait", "wait=-1", "wait=100", "min-replicas", "aof fsync"})
    void requirement_anythingElse_saysWhatToWrite(String text) {
        assertThatThrownBy(() -> RedisRequirement.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'")
                .hasMessageContaining("min-replicas=1");
    }
}
