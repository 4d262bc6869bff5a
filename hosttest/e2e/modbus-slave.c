/* A libmodbus slave: modbus-slave PATH UNIT TYPE:ADDRESS=VALUE...   TYPE is c, d, h or i as in the specification.
   Registers are written raw: Debian's 3.1.6 swaps the bytes of modbus_set_float_abcd. */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  modbus_t *line = modbus_new_rtu(argv[1], 19200, 'N', 8, 1);
  modbus_mapping_t *map = modbus_mapping_new(65536, 65536, 65536, 65536);
  if (!line || !map || modbus_set_slave(line, atoi(argv[2])) || modbus_connect(line)) return 3;
  for (int i = 3; i < argc; i++) {
    char type;
    int address, value;
    if (sscanf(argv[i], "%c:%d=%d", &type, &address, &value) != 3) return 4;
    if (type == 'c') map->tab_bits[address] = value;
    if (type == 'd') map->tab_input_bits[address] = value;
    if (type == 'h') map->tab_registers[address] = value;
    if (type == 'i') map->tab_input_registers[address] = value;
  }
  puts("ready");
  fflush(stdout);
  for (;;) {
    uint8_t query[MODBUS_RTU_MAX_ADU_LENGTH];
    int length = modbus_receive(line, query);
    if (length > 0) modbus_reply(line, query, length, map);
    else if (length < 0 && errno == EIO) return 0;
  }
}
