/* mcconfig writes the symbols of the program here; the C of firmware/xs uses none. */
#pragma once
